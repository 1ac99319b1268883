/* Links to a view or a record, and ways to share and copy them. */
import { el, focused } from "../base/dom.js";
import * as State from "./state.js";

/** @param {import("../start/ui.js").Ui} ui */
export function createShare(ui) {
  const { data, text, store } = ui;
  const t = text.t;

  /* The address at which others find this page: that on a server, or where it is published; null for a local file. */
  function home() {
    if (/^https?:$/.test(location.protocol)) return location.href.replace(/#.*$/, "");
    const { public_url: published } = data.meta;
    return /^https?:\/\/\S+$/.test(published ?? "") ? published.replace(/#.*$/, "") : null;
  }

  /* The link to a record, short enough for a small QR code; null where the page has no address. */
  function toRecord(layerName, id) {
    const base = home();
    if (!base) return null;
    const fresh = { ...ui.home, query: "", filter: State.NO_FILTER, view: null, shortlist: [], compare: false };
    const { lang } = store.get();
    return base + State.format({ ...fresh, lang, selection: { layer: layerName, id } }, ui.home);
  }

  /* The current state and view as the fragment of an address; `other` are properties that differ from it. */
  const address = (other = {}) => State.format({ ...store.get(), view: viewOf(), ...other }, ui.home);

  /* A page that opens has no view of the map yet. */
  const viewOf = () => (ui.view.isOpen() ? ui.view.position() : store.get().view);

  /* The link to the current view; null where the page has no address. */
  function toView() {
    const base = home();
    return base && base + address();
  }

  /* For old browsers, local files and frames, where scripts have no clipboard. */
  function copyBySelecting(words) {
    const before = focused();
    const area = el("textarea", { class: "aside", "aria-hidden": "true", tabindex: "-1" });
    area.value = words;
    document.body.append(area);
    area.select();
    let done = false;
    try {
      done = document.execCommand("copy");
    } catch {
      /* not allowed */
    }
    area.remove();
    before?.focus({ preventScroll: true });
    return done;
  }

  async function copy(words, message = t("card.copied")) {
    let done = false;
    try {
      await navigator.clipboard.writeText(words);
      done = true;
    } catch {
      done = copyBySelecting(words);
    }
    ui.say(done ? message : t("card.not_copied"));
    return done;
  }

  /* Shares by the dialog of the device where it has one, else copies to the clipboard. */
  async function share(title, words, url) {
    if (navigator.share) {
      try {
        await navigator.share({ title, text: words, ...(url ? { url } : {}) });
        return;
      } catch (error) {
        if (error instanceof DOMException && error.name === "AbortError") return;
      }
    }
    await copy([words, url].filter(Boolean).join("\n"), t(url ? "card.copied_link" : "card.copied_words"));
  }

  return { copy, share, address, toRecord, toView, home };
}
