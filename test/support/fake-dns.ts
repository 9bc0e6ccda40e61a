import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import dnsPacket, { type Answer, type Packet } from 'dns-packet';
import { trackClosed, trackOpen } from './open-resources';

/** What stands at a name. A CNAME excludes the rest. */
export interface FakeRecords {
  /** One entry a record: a string, or the strings it consists of. */
  TXT?: (string | string[])[];
  CNAME?: string;
  MX?: { preference: number; exchange: string }[];
  NS?: string[];
  A?: string[];
}

type Trouble = 'SILENCE' | 'SERVFAIL' | 'REFUSED';
type RecordType = keyof FakeRecords;

const RCODES = { NOERROR: 0, SERVFAIL: 2, NXDOMAIN: 3, REFUSED: 5 };
const PLAIN_UDP_BYTES = 512;

/** A DNS server on loopback, UDP and TCP on one port, that answers from a map as the zone's own server would. */
export class FakeDns {
  /** Every question that came, oldest first. */
  readonly queries: { name: string; type: string; transport: 'UDP' | 'TCP' }[] = [];
  readonly port: number;
  private readonly zone = new Map<string, FakeRecords>();
  private readonly troubles = new Map<string, Trouble>();
  private readonly connections = new Set<Socket>();

  private constructor(
    private readonly udp: UdpSocket,
    private readonly tcp: Server,
  ) {
    this.port = udp.address().port;
    udp.on('message', (bytes, peer) => {
      const answer = this.answer(bytes, 'UDP');
      if (answer) udp.send(answer, peer.port, peer.address);
    });
    tcp.on('connection', (socket) => this.serve(socket));
  }

  static async start(): Promise<FakeDns> {
    for (;;) {
      const tcp = createServer().listen(0, '127.0.0.1');
      await once(tcp, 'listening');
      const udp = createSocket('udp4');
      try {
        udp.bind((tcp.address() as AddressInfo).port, '127.0.0.1');
        await once(udp, 'listening');
        const dns = new FakeDns(udp, tcp);
        trackOpen(dns, () => dns.close());
        return dns;
      } catch {
        // Another process holds that port for UDP: take another.
        udp.close();
        tcp.close();
      }
    }
  }

  get address(): string {
    return `127.0.0.1:${this.port}`;
  }

  set(name: string, records: FakeRecords): void {
    this.zone.set(name.toLowerCase(), records);
  }

  remove(name: string): void {
    this.zone.delete(name.toLowerCase());
  }

  /** Answers nothing, or with an error, to questions about a name; to all when none is given. */
  trouble(trouble: Trouble, name = '*'): void {
    this.troubles.set(name.toLowerCase(), trouble);
  }

  /** Ends all troubles. */
  heal(): void {
    this.troubles.clear();
  }

  async close(): Promise<void> {
    trackClosed(this);
    for (const connection of this.connections) connection.destroy();
    const closed = Promise.all([once(this.udp, 'close'), once(this.tcp, 'close')]);
    this.udp.close();
    this.tcp.close();
    await closed;
  }

  /** Messages over TCP have two bytes of length in front (RFC 1035, section 4.2.2). */
  private serve(socket: Socket): void {
    this.connections.add(socket);
    let received = Buffer.alloc(0);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => this.connections.delete(socket));
    socket.on('data', (chunk) => {
      received = Buffer.concat([received, chunk]);
      while (received.length >= 2 && received.length >= 2 + received.readUInt16BE(0)) {
        const end = 2 + received.readUInt16BE(0);
        const answer = this.answer(received.subarray(2, end), 'TCP');
        received = received.subarray(end);
        if (answer) socket.write(Buffer.concat([lengthOf(answer), answer]));
      }
    });
  }

  private answer(bytes: Buffer, transport: 'UDP' | 'TCP'): Buffer | null {
    const query = dnsPacket.decode(bytes);
    const question = query.questions?.[0];
    if (!question) return null;
    this.queries.push({ name: question.name.toLowerCase(), type: question.type, transport });
    const trouble = this.troubles.get(question.name.toLowerCase()) ?? this.troubles.get('*');
    if (trouble === 'SILENCE') return null;
    if (trouble) return encode(query, RCODES[trouble], []);

    const answers = this.find(question.name, question.type as RecordType);
    const rcode = answers.length > 0 || this.exists(question.name) ? RCODES.NOERROR : RCODES.NXDOMAIN;
    const whole = encode(query, rcode, answers);
    const fits = transport === 'TCP' || whole.length <= udpLimit(query);
    return fits ? whole : encode(query, rcode, [], dnsPacket.TRUNCATED_RESPONSE);
  }

  /** An alias is followed as far as this server knows the names. */
  private find(name: string, type: RecordType, depth = 0): Answer[] {
    const records = this.zone.get(name.toLowerCase());
    if (!records || depth > 8) return [];
    if (records.CNAME !== undefined) {
      const alias: Answer = { name, type: 'CNAME', ttl: 60, data: records.CNAME };
      return type === 'CNAME' ? [alias] : [alias, ...this.find(records.CNAME, type, depth + 1)];
    }
    return (
      (records[type] as unknown[] | undefined)?.map((data) => ({ name, type, ttl: 60, data }) as Answer) ?? []
    );
  }

  /** A name exists when it or one below it has records (RFC 8020). */
  private exists(name: string): boolean {
    const wanted = name.toLowerCase();
    return [...this.zone.keys()].some((known) => known === wanted || known.endsWith(`.${wanted}`));
  }
}

function encode(query: Packet, rcode: number, answers: Answer[], flags = 0): Buffer {
  return dnsPacket.encode({
    type: 'response',
    id: query.id,
    flags: dnsPacket.AUTHORITATIVE_ANSWER | dnsPacket.RECURSION_AVAILABLE | flags | rcode,
    questions: query.questions,
    answers,
  });
}

/** What the client takes over UDP: its EDNS size (RFC 6891), or 512 bytes. */
function udpLimit(query: Packet): number {
  const option = query.additionals?.find(({ type }) => type === 'OPT') as
    { udpPayloadSize?: number } | undefined;
  return Math.max(option?.udpPayloadSize ?? 0, PLAIN_UDP_BYTES);
}

function lengthOf(message: Buffer): Buffer {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(message.length);
  return length;
}
