-- A copy of a database must not be able to pay: no secret, no address to call back, and every manager is paused.
UPDATE g2p_program_payment_manager_g2p_connect
   SET api_token = NULL, auth_password = NULL, oauth2_client_secret = NULL, auth_header_value = NULL,
       tls_client_key = NULL, signing_key = NULL, decryption_key = NULL, callback_token = NULL, callback_salt = NULL,
       dispatch_paused = true, dispatch_paused_reason = 'neutralized copy';
