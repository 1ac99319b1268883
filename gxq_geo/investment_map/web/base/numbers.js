/* Numbers as English writes them, thousands separated: the same as Intl.NumberFormat gives, which takes a browser more
   than 10 ms to load when a page opens. Halves are rounded away from zero, as the decimals stand. */
const WHOLE = 1e13; // from here on, a number has no decimals that matter

const plain = (size) => (size < 1e-6 ? "0" : size < WHOLE ? String(size) : size.toFixed(0));

/* The digits of a size, the last `most` of them decimals. */
function rounded(size, most) {
  const [whole, part = ""] = plain(size).split(".");
  const kept = Number(whole + part.slice(0, most).padEnd(most, "0"));
  return String(kept + Number(part[most] >= "5")).padStart(most + 1, "0");
}

/* Writes numbers with at least and at most so many decimals. */
export const numberFormat = (least, most) => (value) => {
  const digits = rounded(Math.abs(value), most);
  const at = digits.length - most;
  const part = digits.slice(at, at + least) + digits.slice(at + least).replace(/0+$/, "");
  const whole = digits.slice(0, at).replace(/\B(?=(\d{3})+$)/g, ",");
  return `${value < 0 ? "-" : ""}${whole}${part && `.${part}`}`;
};
