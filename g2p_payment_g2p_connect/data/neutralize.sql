-- A copy of a database must not be able to pay: no token, and every manager is paused.
UPDATE g2p_program_payment_manager_g2p_connect
   SET api_token = NULL, dispatch_paused = true, dispatch_paused_reason = 'neutralized copy';
