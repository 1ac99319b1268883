/* What is said in passing: one line at the foot of the screen, which is read out too. A later one takes the place of
   the one before; the longer it is, the longer it stays. */
const createNotice = () => {
  const box = Dom.byId("say");
  let waiting = 0;

  function hush() {
    box.dataset.on = "false";
    box.replaceChildren();
  }

  return (words) => {
    box.textContent = words;
    box.dataset.on = "true";
    clearTimeout(waiting);
    waiting = setTimeout(hush, Math.min(8000, 2400 + 80 * words.length));
  };
};
