/* Links to a view or a record, and ways to hand them on. */
const createShare = (ui) => {
  const { el } = Dom;
  const { data, text, store } = ui;
  const t = text.t;

  /* Where others find this page: its address on a server, or where it is published. A file's path is no such place. */
  function home() {
    if (/^https?:$/.test(location.protocol)) return location.href.replace(/#.*$/, "");
    const { public_url: published } = data.meta;
    return /^https?:\/\/\S+$/.test(published ?? "") ? published.replace(/#.*$/, "") : null;
  }

  /* The link to one record, short enough for a small QR code; null where the page has no address. */
  function toRecord(layerName, id) {
    const base = home();
    if (!base) return null;
    const fresh = { ...ui.home, query: "", filter: State.NO_FILTER, view: null, shortlist: [], compare: false };
    const { lang } = store.get();
    return base + State.format({ ...fresh, lang, selection: { layer: layerName, id } }, ui.home);
  }

  /* What is on the screen, as the last part of an address. */
  const address = () => State.format({ ...store.get(), view: ui.viewed() }, ui.home);

  /* The link to it; null where the page has no address. */
  function toView() {
    const base = home();
    return base && base + address();
  }

  /* Old browsers, files and frames have no clipboard to write to: a selected text is copied instead. */
  function copyBySelecting(words) {
    const before = document.activeElement;
    const area = el("textarea", { class: "aside", "aria-hidden": "true", tabindex: "-1" });
    area.value = words;
    document.body.append(area);
    area.select();
    let done = false;
    try {
      done = document.execCommand("copy");
    } catch {
      /* not allowed here */
    }
    area.remove();
    before?.focus?.({ preventScroll: true });
    return done;
  }

  async function copy(words, said = t("card.copied")) {
    let done = false;
    try {
      await navigator.clipboard.writeText(words);
      done = true;
    } catch {
      done = copyBySelecting(words);
    }
    ui.say(done ? said : t("card.not_copied"));
    return done;
  }

  /* By the device's own sheet where it has one, else to the clipboard. */
  async function share(title, words, url) {
    if (navigator.share) {
      try {
        await navigator.share({ title, text: words, ...(url ? { url } : {}) });
        return;
      } catch (error) {
        if (error.name === "AbortError") return;
      }
    }
    await copy([words, url].filter(Boolean).join("\n"), t(url ? "card.copied_link" : "card.copied_words"));
  }

  return { copy, share, address, toRecord, toView, home };
};
