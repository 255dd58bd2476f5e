-- A copy of a database must not be able to pay: no secret, and every manager is paused.
UPDATE g2p_program_payment_manager_payment_interop_layer
   SET auth_password = NULL, bearer_token = NULL, oauth2_client_secret = NULL, auth_header_value = NULL,
       tls_client_key = NULL, dispatch_paused = true, dispatch_paused_reason = 'neutralized copy';
UPDATE queue_job SET state = 'cancelled'
 WHERE state IN ('pending', 'enqueued', 'wait_dependencies')
   AND model_name = 'g2p.program.payment.manager.payment.interop.layer';
