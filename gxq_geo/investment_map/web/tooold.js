/* Says so where the browser is too old to read the page's script: in words that any browser reads. */
if (!window.gxq) {
  document.getElementById("splash").style.display = "none";
  document.getElementById("app").style.display = "none";
  document.getElementById("trouble").hidden = false;
  document.querySelector("[data-code=damaged]").hidden = true;
}
