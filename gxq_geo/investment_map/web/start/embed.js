/* The messages between an embedded page and the page around it.

   To the parent:    { type: "gxq:ready", lang }
                     { type: "gxq:select", layer, id, name: { zh, en } }, or with layer null when the card is closed
   From the parent:  { type: "gxq:select", layer, id }   { type: "gxq:lang", lang }   { type: "gxq:lens", lens }
                     { type: "gxq:filter", filter }
   Only ids and public names leave the page; a page for internal use sends nothing. */
/**
 * @param {import("./ui.js").Ui} ui
 * @param {any} api  window.gxq
 */
export function createEmbed(ui, api) {
  const { facts, data, text } = ui;
  const { parent } = window;
  const send = (message) => parent.postMessage(message, "*");
  if (parent === window || data.meta.audience !== "public") return { render() {} };

  /* The names of a record by language. */
  const names = (layer, i) =>
    Object.fromEntries(layer.schema.fields.filter((field) => field.lang && text.stemOf(field) === "name").map((field) => [field.lang, layer.get(i, field.name)]));

  function selected(selection) {
    if (!selection) return { layer: null, id: null, name: null };
    const layer = facts.layer(selection.layer);
    const i = layer.indexOf(selection.id);
    return { ...selection, name: names(layer, i) };
  }

  const ACTIONS = {
    "gxq:select": ({ layer, id }) => api.select(layer ?? null, id),
    "gxq:lang": ({ lang }) => api.lang(lang),
    "gxq:lens": ({ lens }) => api.lens(lens),
    "gxq:filter": ({ filter }) => api.filter(filter ?? null),
  };
  addEventListener("message", ({ source, data: message }) => {
    if (source === parent && message && Object.hasOwn(ACTIONS, message.type)) ACTIONS[message.type](message);
  });

  function render(state, changed) {
    if (changed.has("start")) send({ type: "gxq:ready", lang: state.lang });
    if (changed.has("selection") && (state.selection || !changed.has("start"))) send({ type: "gxq:select", ...selected(state.selection) });
  }

  return { render };
}
