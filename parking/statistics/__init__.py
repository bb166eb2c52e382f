"""What does the bureau report? (computed from ledger and history)"""
