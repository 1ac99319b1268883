"""Tables about the nouns of a zone (sites, parks, projects …): frames in, frames out."""
