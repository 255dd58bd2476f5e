{
    "name": "G2P Connect Payments",
    "summary": "Pays through systems that speak the G2P Connect disbursement API",
    "version": "19.0.1.0.0",
    "author": "g2p-payments contributors",
    "website": "https://github.com/g2p-payments/g2p-payments",
    "license": "LGPL-3",
    "category": "G2P",
    "development_status": "Alpha",
    "depends": ["g2p_registry_membership", "g2p_programs", "g2p_payment_files"],
    "external_dependencies": {"python": ["cryptography", "requests"]},
    "data": [
        "security/ir.model.access.csv",
        "security/rules.xml",
        "views/payment_manager_views.xml",
    ],
}
