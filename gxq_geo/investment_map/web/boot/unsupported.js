/* Opens the page, or shows a message where the browser is too old for it; written for any browser. */
function gxqUnsupported() {
  if (window.gxq && window.gxq.lens) return; // what else went wrong, the page says itself
  document.getElementById("splash").style.display = "none";
  document.getElementById("app").style.display = "none";
  document.getElementById("trouble").hidden = false;
  document.querySelector("[data-code=damaged]").hidden = true;
}
if (window.gxq) {
  window.gxq.ready = Packed.open();
  window.gxq.ready.then(null, gxqUnsupported);
} else gxqUnsupported();
