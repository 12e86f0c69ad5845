"""payment_svc: owns payments and wallets."""
