/* A page inside another: tells the one around it what is chosen, and does what that one asks.

   To the parent:    { type: "gxq:ready", lang }
                     { type: "gxq:select", layer, id, name: { zh, en } }, or with layer null when a card is closed
   From the parent:  { type: "gxq:select", layer, id }   { type: "gxq:lang", lang }   { type: "gxq:lens", lens }
                     { type: "gxq:filter", filter }
   Only ids and public names leave the page, and nothing from a page for internal use. */
const createEmbed = (ui, page) => {
  const { facts, data, text } = ui;
  const around = window.parent;
  const tell = (message) => around.postMessage(message, "*");
  if (around === window || data.meta.audience !== "public") return { render() {} };

  /* The record's name in each language in which it has a field for it. */
  const names = (layer, i) =>
    Object.fromEntries(layer.schema.fields.filter((field) => field.lang && text.stemOf(field) === "name").map((field) => [field.lang, layer.get(i, field.name)]));

  function selected(selection) {
    if (!selection) return { layer: null, id: null, name: null };
    const layer = facts.layer(selection.layer);
    const i = layer.indexOf(selection.id);
    return { ...selection, name: names(layer, i) };
  }

  const DO = {
    "gxq:select": ({ layer, id }) => page.select(layer ?? null, id),
    "gxq:lang": ({ lang }) => page.lang(lang),
    "gxq:lens": ({ lens }) => page.lens(lens),
    "gxq:filter": ({ filter }) => page.filter(filter ?? null),
  };
  addEventListener("message", ({ source, data: asked }) => {
    if (source === around && asked && Object.hasOwn(DO, asked.type)) DO[asked.type](asked);
  });

  function render(state, changed) {
    if (changed.has("start")) tell({ type: "gxq:ready", lang: state.lang });
    if (changed.has("selection") && (state.selection || !changed.has("start"))) tell({ type: "gxq:select", ...selected(state.selection) });
  }

  return { render };
};
