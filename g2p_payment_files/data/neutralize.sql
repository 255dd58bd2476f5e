-- A copy of a database must not sign vouchers, nor read what was encrypted: its keys only verify.
UPDATE g2p_encryption_key
   SET private_jwk = NULL,
       state = 'retired',
       retired_at = COALESCE(retired_at, now() AT TIME ZONE 'UTC');
