-- What 0027 took over from the calls of before knew a membership as confirmed only where its last call was done, and people by their
-- address of now. Where the last call that was done gave it, it was there since then, whatever was tried and failed afterwards, under
-- the address with which it was asked for: without these, a target that knows nobody by the address of now would seem to be cleared.
UPDATE provisioned AS p SET
    confirmed_at = (SELECT c.finished_at FROM provisioning c WHERE c.group_id = p.group_id AND c.person_id = p.person_id
        AND c.connector_id = p.connector_id AND c.external_id = p.external_id AND c.state = 'done' ORDER BY c.id DESC LIMIT 1),
    email = (SELECT CASE WHEN r.requester_id = p.person_id THEN r.requester_email ELSE p.email END FROM provisioning c
        JOIN requests r ON r.number = c.request WHERE c.group_id = p.group_id AND c.person_id = p.person_id
        AND c.connector_id = p.connector_id AND c.external_id = p.external_id AND c.state = 'done' ORDER BY c.id DESC LIMIT 1)
 WHERE p.state IN ('present', 'unconfirmed')
   -- What was given since then was seen there.
   AND p.seen_by IS NULL
   AND (SELECT c.action FROM provisioning c WHERE c.group_id = p.group_id AND c.person_id = p.person_id
        AND c.connector_id = p.connector_id AND c.external_id = p.external_id AND c.state = 'done' ORDER BY c.id DESC LIMIT 1) = 'grant';
