/* A message at the foot of the screen, for some seconds: longer for a longer text. Screen readers read it out; a new
   message replaces the last one. */
import { byId } from "../base/dom.js";

export function createNotice() {
  const box = byId("say");
  let waiting = 0;

  function hide() {
    box.dataset.on = "false";
    box.replaceChildren();
  }

  return (words) => {
    box.textContent = words;
    box.dataset.on = "true";
    clearTimeout(waiting);
    waiting = setTimeout(hide, Math.min(8000, 2400 + 80 * words.length));
  };
}
