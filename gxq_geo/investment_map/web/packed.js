/* The page's style sheets and scripts, which stand in it zipped: they are as long as a thousand sites.
   put("style" | "script", k) puts the k-th into the document, where it works at once. The policy of
   the page names each by its hash, as if it stood there. */
const Packed = (() => {
  const held = document.getElementById("gxq-code");
  held.remove();
  const code = JSON.parse(new TextDecoder().decode(Inflate.gunzip(Base91.decode(held.textContent))));

  function put(kind, k) {
    const node = document.createElement(kind);
    node.textContent = code[kind][k];
    document.head.append(node);
  }

  code.style.forEach((_, k) => put("style", k));
  return { put };
})();
