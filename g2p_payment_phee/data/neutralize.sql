-- A copy of a database must not be able to pay: no secret, no address for callbacks, and every manager is paused.
UPDATE g2p_program_payment_manager_phee
   SET password = NULL, "authorization" = NULL, oidc_client_secret = NULL, payment_api_key = NULL,
       status_api_key = NULL, signing_key = NULL, callback_salt = NULL,
       dispatch_paused = true, dispatch_paused_reason = 'neutralized copy';
DELETE FROM ir_config_parameter WHERE key IN ('g2p_payment_phee.password', 'g2p_payment_phee.authorization');
-- What was typed into the settings lies in their own table until that is cleaned.
UPDATE res_config_settings SET phee_password = NULL, phee_authorization = NULL;
UPDATE queue_job SET state = 'cancelled'
 WHERE state IN ('pending', 'enqueued', 'wait_dependencies')
   AND model_name = 'g2p.program.payment.manager.phee';
