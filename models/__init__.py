"""How the language model is read, trained, measured and packed. Needs the extra ``[train]``; run time never imports it."""
