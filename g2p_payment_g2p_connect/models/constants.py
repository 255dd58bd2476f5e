"""Names that several files use."""

G2P_CONNECT = "g2p.program.payment.manager.g2p.connect"
