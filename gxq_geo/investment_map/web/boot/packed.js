/* The page's style sheets and scripts, which it holds compressed: uncompressed they would be as large as a thousand sites.
   put("style" | "script", k) adds the k-th to the document, where it takes effect at once. The Content-Security-Policy
   allows each by its hash. */
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
