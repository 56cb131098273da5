"""How the model is read, trained, measured and packed, with the extra ``[train]``; run time needs none of it."""
