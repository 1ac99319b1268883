/* The page around the map. The server sends events with the version of the map, the issues and the notices.
   A new map loads behind the visible one with the same view, language, lens, filters and selection (they are
   in its URL hash) and the same scroll positions; then it replaces the visible one, without flicker. */
"use strict";
(() => {
  const byId = (id) => document.getElementById(id);
  const { lang: defaultLang, texts } = JSON.parse(byId("data").textContent);
  const [maps, notices] = [byId("maps"), byId("notices")];
  const IDLE = 300; // ms without input after which the URL hash holds the reader's last action
  const MAX_WAIT = 5000; // ms that a new map waits for the reader to pause
  const TIMEOUT = 1500; // ms without a connection after which the server is considered ended

  let state = null; // the last message of the server
  let frame = null; // the iframe of the visible map
  let replacing = false;
  let ended = false;
  let timeout = 0;
  const input = { down: false, at: -Infinity };

  const pause = (ms) => new Promise((done) => setTimeout(done, ms));
  /* Two animation frames; a hidden page draws none, so do not wait longer than 150 ms. */
  const painted = () => Promise.race([new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))), pause(150)]);
  const api = (iframe) => iframe.contentWindow.gxq;

  /* The language of the map; a map that failed to start has none. */
  function lang() {
    try {
      return api(frame).lang();
    } catch {
      return defaultLang;
    }
  }

  /* ---- notices */

  function showNotices() {
    const code = lang();
    const wanted = [...(ended ? [texts[code].ended] : []), ...(state?.notices ?? []).map((notice) => notice[code])];
    const shown = [...notices.children].map((line) => line.textContent);
    if (JSON.stringify(wanted) === JSON.stringify(shown)) return;
    notices.replaceChildren(...wanted.map((text) => Object.assign(document.createElement("p"), { textContent: text })));
  }

  /* ---- the map */

  const isBusy = () => input.down || performance.now() - input.at < IDLE;

  function trackInput(iframe) {
    const handler = (down) => () => Object.assign(input, { down, at: performance.now() });
    const handlers = { pointerdown: handler(true), pointerup: handler(false), pointercancel: handler(false), wheel: handler(false), keydown: handler(false) };
    for (const [type, listener] of Object.entries(handlers)) iframe.contentWindow.addEventListener(type, listener, { capture: true, passive: true });
    // The map moves on by inertia after the pointer is released.
    iframe.contentWindow.map_gxq?.on("move zoom", () => { input.at = performance.now(); });
  }

  /* Set the hash of a map; "#…" alone would be resolved against this page. */
  const setHash = ({ contentWindow }, hash) => contentWindow.location.replace(new URL(hash || "#", contentWindow.location.href));

  function load(version, hash) {
    const next = document.createElement("iframe");
    next.dataset.version = version;
    next.title = texts[defaultLang].map;
    next.inert = true;
    next.src = `map?${version}${hash}`;
    return new Promise((done) => {
      next.addEventListener("load", () => done(next), { once: true });
      maps.prepend(next);
    });
  }

  /* Copy the state that is not in the hash: scroll positions and the list of issues. */
  function copyState(old, next) {
    for (const element of old.contentDocument.querySelectorAll("[id]")) {
      const same = element.scrollTop && next.contentDocument.getElementById(element.id);
      if (same) same.scrollTop = element.scrollTop;
    }
    api(next).issues(state.issues, api(old).issues());
  }

  /* Return a function that moves the keyboard focus to the same element of the new map. */
  function focusTransfer(old, next) {
    if (document.activeElement !== old) return () => {};
    const focused = old.contentDocument.activeElement;
    const selector = focused?.id ? `#${CSS.escape(focused.id)}` : focused?.matches(".issue") ? ".issue[aria-pressed=true]" : "body";
    return () => {
      next.focus();
      next.contentDocument.querySelector(selector)?.focus({ preventScroll: true });
    };
  }

  /* Load a version of the map and show it; return false if the server has ended meanwhile. */
  async function replaceMap(version) {
    const hash = frame ? frame.contentWindow.location.hash : location.hash;
    const next = await load(version, hash);
    try {
      await api(next)?.ready.catch(() => {});
      for (let left = MAX_WAIT; frame && isBusy() && left > 0; left -= 50) await pause(50);
      const now = frame?.contentWindow.location.hash ?? hash;
      if (now !== hash) {
        setHash(next, now);
        await painted();
      }
      if (frame) copyState(frame, next);
      else api(next)?.issues(state.issues);
      await painted();
    } catch {
      next.remove();
      return false;
    }
    const transferFocus = frame ? focusTransfer(frame, next) : () => {};
    next.inert = false;
    frame?.remove();
    frame = next;
    Object.assign(input, { down: false });
    trackInput(frame);
    transferFocus();
    return true;
  }

  async function update() {
    showNotices();
    // The list of issues is updated before the map.
    if (frame) api(frame)?.issues(state.issues);
    if (replacing) return;
    replacing = true;
    while (frame?.dataset.version !== state.map) if (!(await replaceMap(state.map))) break;
    replacing = false;
    if (frame) api(frame)?.issues(state.issues);
    mirror();
  }

  /* ---- this page takes hash, title, language and theme from the map */

  function mirror() {
    if (!frame?.contentDocument) return;
    const { hash } = frame.contentWindow.location;
    if (hash && hash !== location.hash) history.replaceState(null, "", hash);
    const { documentElement: root, title } = frame.contentDocument;
    document.title = title;
    document.documentElement.lang = root.lang;
    if (root.dataset.theme) document.documentElement.dataset.theme = root.dataset.theme;
    else delete document.documentElement.dataset.theme;
    showNotices();
  }

  setInterval(mirror, 250);
  addEventListener("hashchange", () => frame && setHash(frame, location.hash));

  /* ---- the server */

  const source = new EventSource("events");
  const connected = () => {
    clearTimeout(timeout);
    timeout = 0;
    ended = false;
  };
  source.addEventListener("open", connected);
  source.addEventListener("message", ({ data }) => {
    connected();
    state = JSON.parse(data);
    update();
  });
  source.addEventListener("error", () => {
    // Do not reconnect for ever: a server that is started again has other keys.
    timeout ||= setTimeout(() => {
      source.close();
      ended = true;
      showNotices();
    }, TIMEOUT);
  });
})();
