import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import dnsPacket, { type Answer, type Packet } from 'dns-packet';
import { trackClosed, trackOpen } from './open-resources';

/** The records of a name. A CNAME excludes all others. */
export interface FakeRecords {
  /** One entry per record: a string, or the strings that it consists of. */
  TXT?: (string | string[])[];
  CNAME?: string;
  MX?: { preference: number; exchange: string }[];
  NS?: string[];
  A?: string[];
}

type Failure = 'SILENCE' | 'SERVFAIL' | 'REFUSED';
type RecordType = keyof FakeRecords;

const RCODES = { NOERROR: 0, SERVFAIL: 2, NXDOMAIN: 3, REFUSED: 5 };
const PLAIN_UDP_BYTES = 512;

/** A DNS server on loopback, with UDP and TCP on one port. It answers from a map, like the server of the zone. */
export class FakeDns {
  /** Every question that arrived, oldest first. */
  readonly queries: { name: string; type: string; transport: 'UDP' | 'TCP' }[] = [];
  readonly port: number;
  private readonly zone = new Map<string, FakeRecords>();
  private readonly failures = new Map<string, Failure>();
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
        // Another process uses that port for UDP, so another port is taken.
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

  /** Makes the server fail for one name, or for all names when none is given. */
  failWith(failWith: Failure, name = '*'): void {
    this.failures.set(name.toLowerCase(), failWith);
  }

  /** Ends all failures. */
  heal(): void {
    this.failures.clear();
  }

  async close(): Promise<void> {
    trackClosed(this);
    for (const connection of this.connections) connection.destroy();
    const closed = Promise.all([once(this.udp, 'close'), once(this.tcp, 'close')]);
    this.udp.close();
    this.tcp.close();
    await closed;
  }

  /** A message over TCP begins with two bytes of length (RFC 1035, section 4.2.2). */
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
    const failWith = this.failures.get(question.name.toLowerCase()) ?? this.failures.get('*');
    if (failWith === 'SILENCE') return null;
    if (failWith) return encode(query, RCODES[failWith], []);

    const answers = this.find(question.name, question.type as RecordType);
    const rcode = answers.length > 0 || this.exists(question.name) ? RCODES.NOERROR : RCODES.NXDOMAIN;
    const whole = encode(query, rcode, answers);
    const fits = transport === 'TCP' || whole.length <= udpLimit(query);
    return fits ? whole : encode(query, rcode, [], dnsPacket.TRUNCATED_RESPONSE);
  }

  /** Follows an alias as far as this server has the names. */
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

  /** A name exists when it or a name below it has records (RFC 8020). */
  private exists(name: string): boolean {
    const lowerCase = name.toLowerCase();
    return [...this.zone.keys()].some((known) => known === lowerCase || known.endsWith(`.${lowerCase}`));
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

/** The size that the client accepts over UDP: its EDNS size (RFC 6891), or 512 bytes. */
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
