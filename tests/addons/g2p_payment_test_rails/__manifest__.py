{
    "name": "Test Rails",
    "summary": "Two scripted rails that prove the shape of the dispatch engine; for tests only",
    "version": "19.0.1.0.0",
    "author": "g2p-payments contributors",
    "website": "https://github.com/g2p-payments/g2p-payments",
    "license": "LGPL-3",
    "category": "Hidden",
    "development_status": "Alpha",
    "depends": ["g2p_programs"],
    "data": ["security/ir.model.access.csv"],
    "installable": True,
}
