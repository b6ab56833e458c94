"""Where a fillable paper says which it is; light, for the process that reads what comes back."""

#: a key of the document information, and a hidden field
SEAL_KEY = "SoftmarkPaper"
SEAL_FIELD = "softmark.paper"
#: the cell of an answer in words to an instructor's own question
TEXT_CELL = "text"
