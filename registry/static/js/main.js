// Loaded by every page; each part is fetched only where the page asks for it.
