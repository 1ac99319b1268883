/* What the page's modules find when they run: Leaflet, the map that folium made, and the scripts of web/boot/. */
declare const L: any;
declare const map_gxq: any;
declare const Inflate: { gunzip(bytes: Uint8Array): Uint8Array; unzip(bytes: Uint8Array): Promise<Uint8Array> };
declare const Packed: { later(): typeof import("../gxq_geo/investment_map/web/start/later.js"); unzipLater(): Promise<void> };
declare const Base91: { decode(text: string): Uint8Array };

interface Window {
  gxq: any;
}

/* Selectors of the page name HTML elements only. */
interface ParentNode {
  querySelector<K extends keyof HTMLElementTagNameMap>(selectors: K): HTMLElementTagNameMap[K] | null;
  querySelector(selectors: string): HTMLElement | null;
  querySelectorAll(selectors: string): NodeListOf<HTMLElement>;
}

interface HTMLCollection {
  [Symbol.iterator](): ArrayIterator<HTMLElement>;
}
