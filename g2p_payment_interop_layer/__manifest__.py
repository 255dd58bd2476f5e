{
    "name": "Payments Interoperability Layer",
    "summary": "Pays through a Payments Interoperability Layer, or a Mojaloop scheme adapter directly",
    "version": "19.0.1.0.0",
    "author": "g2p-payments contributors",
    "website": "https://github.com/g2p-payments/g2p-payments",
    "license": "LGPL-3",
    "category": "G2P",
    "development_status": "Alpha",
    "depends": ["g2p_registry_base", "g2p_programs"],
    "data": [
        "security/ir.model.access.csv",
        "security/rules.xml",
        "views/payment_manager_views.xml",
        "views/payment_views.xml",
        "views/payment_batch_views.xml",
        "views/payment_submission_views.xml",
    ],
}
