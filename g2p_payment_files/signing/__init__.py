"""Signed texts in QR codes, and checking them: plain Python, no environment, no ORM.

Whoever has the public keys can check a document without Odoo and without a network::

    python g2p_payment_files/signing --keys keys.json

``keys.py`` makes and reads keys, ``jwt_tokens.py`` and ``cwt_tokens.py`` write and read the two kinds of token,
``verify.py`` says what a scanned text is worth.
"""
