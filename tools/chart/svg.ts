/** Grey and the palette are readable on white and on black, so a chart needs no background. */
export const GREY = '#8b949e';
export const PALETTE = ['#3b82f6', '#f59e0b', '#2fa37c', '#9b72cf'];

interface TextStyle {
  size?: number;
  bold?: boolean;
  anchor?: 'start' | 'middle' | 'end';
}

export function text(
  x: number,
  y: number,
  content: string,
  { size = 11, bold, anchor = 'start' }: TextStyle = {},
): string {
  const weight = bold ? ' font-weight="600"' : '';
  return `<text x="${round(x)}" y="${round(y)}" font-size="${size}" text-anchor="${anchor}"${weight}>${escapeXml(content)}</text>`;
}

export function line(x1: number, y1: number, x2: number, y2: number, style: string): string {
  return `<line x1="${round(x1)}" y1="${round(y1)}" x2="${round(x2)}" y2="${round(y2)}" ${style}/>`;
}

export function rect(x: number, y: number, width: number, height: number, style: string): string {
  return `<rect x="${round(x)}" y="${round(y)}" width="${round(width)}" height="${round(height)}" ${style}/>`;
}

export function round(value: number): number {
  return Math.round(value * 10) / 10;
}

export function escapeXml(plain: string): string {
  return plain
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
