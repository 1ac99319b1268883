/* The page around the map. The server tells which map is current, the issues, and the notices. A new map opens
   under the one that is seen, as the reader has it: the same view, language, lens, filters, selection (they
   stand in its address), lists scrolled as they were. Then the old one goes: nothing flashes. */
"use strict";
(() => {
  const byId = (id) => document.getElementById(id);
  const { lang: home, said } = JSON.parse(byId("words").textContent);
  const [maps, notices] = [byId("maps"), byId("notices")];
  const STILL = 300; // ms without a hand on the map: what the reader did stands in its address then
  const LONGEST = 5000; // ms that a new map waits for that
  const PATIENCE = 1500; // ms until a silent server is taken for one that ended

  let news = null;
  let frame = null; // the map that is seen
  let turning = false;
  let ended = false;
  let silence = 0;
  const hand = { down: false, at: -Infinity };

  const pause = (ms) => new Promise((done) => setTimeout(done, ms));
  /* Two frames, or a little later where the browser draws none since nobody looks. */
  const drawn = () => Promise.race([new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))), pause(150)]);
  const page = (of) => of.contentWindow.gxq;

  /* A map that could not start says so itself, and has no language. */
  function lang() {
    try {
      return page(frame).lang();
    } catch {
      return home;
    }
  }

  /* ---- what has to be said */

  function tell() {
    const code = lang();
    const all = [...(ended ? [said[code].ended] : []), ...(news?.notices ?? []).map((one) => one[code])];
    const shown = [...notices.children].map((one) => one.textContent);
    if (JSON.stringify(all) === JSON.stringify(shown)) return;
    notices.replaceChildren(...all.map((words) => Object.assign(document.createElement("p"), { textContent: words })));
  }

  /* ---- the map */

  const busy = () => hand.down || performance.now() - hand.at < STILL;

  function feel(of) {
    const moved = (down) => () => Object.assign(hand, { down, at: performance.now() });
    const touch = { pointerdown: moved(true), pointerup: moved(false), pointercancel: moved(false), wheel: moved(false), keydown: moved(false) };
    for (const [name, heard] of Object.entries(touch)) of.contentWindow.addEventListener(name, heard, { capture: true, passive: true });
    // A map that was thrown glides on.
    of.contentWindow.map_gxq?.on("move zoom", () => { hand.at = performance.now(); });
  }

  /* To another view of the same map; a bare "#..." would be taken for one of this page. */
  const go = ({ contentWindow }, address) => contentWindow.location.replace(new URL(address || "#", contentWindow.location.href));

  function opening(mark, address) {
    const next = document.createElement("iframe");
    next.dataset.mark = mark;
    next.title = said[home].map;
    next.inert = true;
    next.src = `map?${mark}${address}`;
    return new Promise((done) => {
      next.addEventListener("load", () => done(next), { once: true });
      maps.prepend(next);
    });
  }

  /* What does not stand in the address. */
  function carry(old, next) {
    for (const one of old.contentDocument.querySelectorAll("[id]")) {
      const same = one.scrollTop && next.contentDocument.getElementById(one.id);
      if (same) same.scrollTop = one.scrollTop;
    }
    page(next).issues(news.issues, page(old).issues());
  }

  function focus(old, next) {
    if (document.activeElement !== old) return () => {};
    const at = old.contentDocument.activeElement;
    const where = at?.id ? `#${CSS.escape(at.id)}` : at?.matches(".issue") ? ".issue[aria-pressed=true]" : "body";
    return () => {
      next.focus();
      next.contentDocument.querySelector(where)?.focus({ preventScroll: true });
    };
  }

  async function turn(mark) {
    const address = frame ? frame.contentWindow.location.hash : location.hash;
    const next = await opening(mark, address);
    try {
      await page(next)?.ready.catch(() => {});
      for (let left = LONGEST; frame && busy() && left > 0; left -= 50) await pause(50);
      const now = frame?.contentWindow.location.hash ?? address;
      if (now !== address) {
        go(next, now);
        await drawn();
      }
      if (frame) carry(frame, next);
      else page(next)?.issues(news.issues);
      await drawn();
    } catch {
      next.remove(); // the server ended meanwhile
      return false;
    }
    const refocus = frame ? focus(frame, next) : () => {};
    next.inert = false;
    frame?.remove();
    frame = next;
    Object.assign(hand, { down: false });
    feel(frame);
    refocus();
    return true;
  }

  async function follow() {
    tell();
    // The list goes ahead of the map.
    if (frame) page(frame)?.issues(news.issues);
    if (turning) return;
    turning = true;
    while (frame?.dataset.mark !== news.map) if (!(await turn(news.map))) break;
    turning = false;
    if (frame) page(frame)?.issues(news.issues);
    mirror();
  }

  /* ---- this page's own address, title and theme follow the map's */

  function mirror() {
    if (!frame?.contentDocument) return;
    const { hash } = frame.contentWindow.location;
    if (hash && hash !== location.hash) history.replaceState(null, "", hash);
    const { documentElement: root, title } = frame.contentDocument;
    document.title = title;
    document.documentElement.lang = root.lang;
    if (root.dataset.theme) document.documentElement.dataset.theme = root.dataset.theme;
    else delete document.documentElement.dataset.theme;
    tell();
  }

  setInterval(mirror, 250);
  addEventListener("hashchange", () => frame && go(frame, location.hash));

  /* ---- the server */

  const source = new EventSource("news");
  const heard = () => {
    clearTimeout(silence);
    silence = 0;
    ended = false;
  };
  source.addEventListener("open", heard);
  source.addEventListener("message", ({ data }) => {
    heard();
    news = JSON.parse(data);
    follow();
  });
  source.addEventListener("error", () => {
    // A server that is started again has another key: it is not this one.
    silence ||= setTimeout(() => {
      source.close();
      ended = true;
      tell();
    }, PATIENCE);
  });
})();
