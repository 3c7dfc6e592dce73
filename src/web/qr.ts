import createCode from 'qrcode-generator';

export interface QrCode {
  /** Modules on each side, the quiet zone included. */
  readonly size: number;
  /** The dark modules, as data of an SVG path. */
  readonly path: string;
}

/** What readers need around the code. */
const quietZone = 4;

export function qrCode(text: string): QrCode {
  const code = createCode(0, 'M');
  code.addData(text);
  code.make();
  const modules = Array.from({ length: code.getModuleCount() }, (_, index) => index);
  const path = modules.flatMap((row) =>
    modules
      .filter((column) => code.isDark(row, column))
      .map((column) => `M${column + quietZone} ${row + quietZone}h1v1h-1z`),
  );
  return { size: modules.length + 2 * quietZone, path: path.join('') };
}
