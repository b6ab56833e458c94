"""The bank: catalogue of families, quiz files, rosters, papers, and the ledger that keeps them."""
