/* Shows a message where the browser is too old for the page's script; written for any browser. */
if (!window.gxq) {
  document.getElementById("splash").style.display = "none";
  document.getElementById("app").style.display = "none";
  document.getElementById("trouble").hidden = false;
  document.querySelector("[data-code=damaged]").hidden = true;
}
