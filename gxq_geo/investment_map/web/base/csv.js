/* Writes tables as CSV for spreadsheets: UTF-8 with a byte order mark, CRLF, and no cell that would be a formula. */
import { el } from "./dom.js";

const NEGATIVE = /^-\d+(\.\d+)?([eE][-+]?\d+)?$/;

/* Characters that are not visible, as in gxq_geo/words/catalogue.py. */
const INVISIBLE =
  "\\x00-\\x1f\\x7f-\\x9f\\u00ad\\u034f\\u061c\\u115f\\u1160\\u17b4\\u17b5\\u180b-\\u180f\\u200b-\\u200f" +
  "\\u2028-\\u202e\\u2060-\\u206f\\u3164\\ufe00-\\ufe0f\\ufeff\\uffa0\\ufff0-\\ufffb" +
  "\\u{1d173}-\\u{1d17a}\\u{e0000}-\\u{e0fff}";

/* A sign that begins a formula, also in full width; a spreadsheet passes over spaces and invisible characters before. */
const FORMULA = new RegExp(`^[\\s${INVISIBLE}]*[=+\\-@＝＋－＠﹦﹢﹣﹫]|^[\\t\\r\\n]`, "u");

/* A text that a spreadsheet would calculate gets an apostrophe before it, as in gxq_geo/questions/tables.py; a negative
   number stays a number. A plus sign does not make one: +8613800000000 is a phone. */
export const escapeFormula = (text) => (FORMULA.test(text) && !NEGATIVE.test(text) ? `'${text}` : text);

function cell(value) {
  const text = escapeFormula(value === null || value === undefined ? "" : String(value));
  return /[",\r\n\t]|^\s|\s$/.test(text) ? `"${text.replace(/"/g, '""')}"` : text;
}

const line = (cells) => cells.map(cell).join(",");

/* rows: an iterable of lists of cells. */
function write(rows) {
  const lines = [];
  for (const row of rows) lines.push(line(row));
  return `\ufeff${lines.join("\r\n")}\r\n`;
}

/* A file name that every system accepts. */
export const fileName = (...parts) =>
  `${parts.filter(Boolean).join("-").replace(/[\\/:*?"<>|\s\p{Cc}]+/gu, "_").slice(0, 120)}.csv`;

export function save(name, rows) {
  const url = URL.createObjectURL(new Blob([write(rows)], { type: "text/csv;charset=utf-8" }));
  const link = el("a", { href: url, download: name, hidden: true });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(url), 60000);
}
