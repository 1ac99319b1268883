/* The history of the browser: what the reader opens over the page is a step, so that back closes the topmost and forward
   opens it again, and the address is that of the current state.

   Each entry of the history holds the steps that lead to it, and which page they belong to: a link that somebody typed
   begins another. Within a page, back and forward change only what is open; filters and the view of the map stay. */
import * as State from "../state/state.js";

/* What may lie over the page, from below. */
const OVERLAYS = ["table", "refine", "find", "selection", "compare"];
const NOTHING = Object.freeze({ table: false, refine: false, find: "", selection: null, compare: false, need: "" });
const PATIENCE = 200; // ms until the address follows the view
const GIVE_UP = 1000; // ms after which a browser that did not go back will not

/** @param {import("./ui.js").Ui} ui @param {(address: string) => void} open  opens an address as a whole */
export function createHistory(ui, open) {
  const { share, store } = ui;
  let steps = [NOTHING];
  let page = "";
  let waiting = 0;
  let isLeaving = false; // until the browser has gone back to what the reader closed
  let isRestoring = false;

  const shownIn = (state) => ({
    ...Object.fromEntries(OVERLAYS.map((name) => [name, state[name]])),
    compare: state.compare && state.shortlist.length > 1,
    need: state.need?.text ?? "",
  });
  const names = (shown) => OVERLAYS.filter((name) => shown[name]);
  const isSame = (one, other) => names(one).join() === names(other).join();
  const isOurs = () => Boolean(history.state?.gxq);
  /* In a frame that may not write, going back would leave the page around it. */
  const isWritten = () => history.state?.page === page && history.state.gxq.length === steps.length;
  const top = () => steps[steps.length - 1];
  const replaceTop = (shown) => {
    steps = [...steps.slice(0, -1), shown];
  };

  /** @param {"replaceState" | "pushState"} how */
  function write(how = "replaceState", address = share.address()) {
    clearTimeout(waiting);
    waiting = 0;
    try {
      history[how]({ gxq: steps, page }, "", address);
    } catch {
      /* a frame without an address, as in a notebook */
    }
  }

  function writeLater() {
    waiting ||= setTimeout(() => {
      waiting = 0;
      if (!isLeaving) write();
    }, PATIENCE);
  }

  /* The entry beneath must be one of ours, which the address may not have been yet. */
  function push(shown) {
    if (!isOurs()) write("replaceState", share.address({ ...NOTHING, need: null }));
    steps = [...steps, shown];
    write("pushState");
  }

  /* Follows a change of the state. */
  function note(state) {
    if (isRestoring || isLeaving) return;
    const now = shownIn(state);
    const [more, before] = [names(now).length, names(top()).length];
    if (more > before) return push(now);
    const at = more < before && isWritten() ? steps.map((shown) => isSame(shown, now)).lastIndexOf(true) : -1;
    if (at < 0) replaceTop(now);
    else return leave(at);
    writeLater();
  }

  function leave(at) {
    isLeaving = true;
    history.go(at - (steps.length - 1));
    setTimeout(() => { isLeaving = false; }, GIVE_UP);
  }

  /* Opens and closes what an entry of the history says. */
  function restore(shown) {
    const { selection, find } = shown;
    const need = ui.choices.needOf(shown.need);
    const hasRecord = selection && ui.choices.exists(selection.layer, selection.id);
    const asked = find ? { ...State.stated(need), find: need ? find : "form" } : { find };
    isRestoring = true;
    store.set({
      table: shown.table, refine: shown.refine, compare: shown.compare,
      selection: hasRecord ? selection : null,
      ...(!find && store.get().find ? State.stated(null) : {}),
      ...asked,
    });
    isRestoring = false;
  }

  /* Begins a page. Beneath what a link opens lies the page without it, so that the first back does not leave. */
  function begin() {
    const now = shownIn(store.get());
    const held = history.state;
    if (held?.gxq) {
      // Loaded again.
      [steps, page] = [held.gxq, held.page];
      replaceTop(now);
      return writeLater();
    }
    page = String(Date.now());
    steps = [NOTHING];
    if (names(now).length) push(now);
    else writeLater();
  }

  addEventListener("popstate", ({ state }) => {
    if (!state?.gxq) return; // an address that somebody typed
    const isOther = state.page !== page;
    [steps, page] = [state.gxq, state.page];
    if (isOther) {
      isRestoring = true;
      open(location.hash);
      isRestoring = false;
    } else if (isLeaving) {
      isLeaving = false;
      note(store.get());
    } else restore(top());
    writeLater();
  });

  // The address of the event itself: another one may have been written since.
  addEventListener("hashchange", ({ newURL }) => {
    if (isOurs()) return;
    isRestoring = true;
    open(new URL(newURL).hash);
    isRestoring = false;
    begin();
  });

  return { begin, note, moved: writeLater };
}
