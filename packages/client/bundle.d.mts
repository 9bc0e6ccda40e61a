/** Bundles the element into a folder. */
export function bundleElement(outdir: string): Promise<void>;
