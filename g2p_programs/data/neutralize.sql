-- A copy of a database must not talk to payment systems: pending work is cancelled, programs and companies are paused.
UPDATE queue_job SET state = 'cancelled'
 WHERE state IN ('pending', 'enqueued', 'wait_dependencies')
   AND model_name = 'g2p.payment.submission';
UPDATE g2p_program SET dispatch_paused = true;
UPDATE res_company SET dispatch_paused = true;
