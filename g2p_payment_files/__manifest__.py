{
    "name": "G2P Payment Files",
    "summary": "Documents made of payments and batches, paying by file, and reconciliation by file",
    "version": "19.0.1.0.0",
    "author": "g2p-payments contributors",
    "website": "https://github.com/g2p-payments/g2p-payments",
    "license": "LGPL-3",
    "category": "Social Protection/Programs",
    "development_status": "Alpha",
    "depends": ["g2p_programs", "mail"],
    "data": [],
}
