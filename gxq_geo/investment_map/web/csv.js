/* Tables as CSV that a spreadsheet opens as they are: UTF-8 with a mark, CRLF, and no cell that it
   would take for a formula. */
const Csv = (() => {
  const NUMBER = /^[-+]?\d+(\.\d+)?([eE][-+]?\d+)?$/;

  /* A text that a spreadsheet would calculate is led by an apostrophe; a number stays a number. */
  const harmless = (text) => (/^[=+\-@\t\r]/.test(text) && !NUMBER.test(text) ? `'${text}` : text);

  function cell(value) {
    const text = harmless(value === null || value === undefined ? "" : String(value));
    return /[",\r\n\t]|^\s|\s$/.test(text) ? `"${text.replace(/"/g, '""')}"` : text;
  }

  const line = (cells) => cells.map(cell).join(",");

  /* rows: an iterable of lists of cells. */
  function write(rows) {
    const lines = [];
    for (const row of rows) lines.push(line(row));
    return `\ufeff${lines.join("\r\n")}\r\n`;
  }

  /* A name that every system takes for a file. */
  const fileName = (...parts) =>
    `${parts.filter(Boolean).join("-").replace(/[\\/:*?"<>|\s\u0000-\u001f]+/g, "_").slice(0, 120)}.csv`;

  function save(name, rows) {
    const url = URL.createObjectURL(new Blob([write(rows)], { type: "text/csv;charset=utf-8" }));
    const link = Dom.el("a", { href: url, download: name, hidden: true });
    document.body.append(link);
    link.click();
    link.remove();
    setTimeout(() => URL.revokeObjectURL(url), 60000);
  }

  return { write, save, fileName };
})();
