"""owns payments and wallets"""
