/* The page's code, which the page holds compressed: uncompressed it would be as large as a thousand sites. The
   Content-Security-Policy allows each style sheet and script by its hash.

   open()         adds the style sheets and the first script, once all of the page is read; gives what gxq.ready is
   later()        adds the second script, of what nobody sees at first, and gives its module start/later.js
   unzipLater()   unzips it before that, without keeping the reader waiting */
const Packed = (() => {
  const held = document.getElementById("gxq-code");
  const [first, second] = held.textContent.split(" ");
  held.remove();
  const place = document.currentScript;
  const parsed = (bytes) => JSON.parse(new TextDecoder().decode(bytes));
  const code = Inflate.unzip(Base91.decode(first)).then(parsed);
  code.catch(() => {}); // open() throws it
  let rest = null;

  /* Before the styles and scripts that a user added in Python, which may build on these. */
  function add(kind, text) {
    const node = document.createElement(kind);
    node.textContent = text;
    place.before(node);
  }

  async function open() {
    const { style, script } = await code;
    for (const text of style) add("style", text);
    add("script", script);
    if (!window.gxq.lens) throw new Error("the browser is too old");
    return window.gxq.ready;
  }

  async function unzipLater() {
    rest ??= parsed(await Inflate.unzip(Base91.decode(second)));
  }

  function later() {
    rest ??= parsed(Inflate.gunzip(Base91.decode(second)));
    add("script", rest.script);
    return gxqModules["start/later.js"];
  }

  return { open, unzipLater, later };
})();
window.gxq = {}; // main.js adds the API
