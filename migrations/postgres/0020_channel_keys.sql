-- Each key before the present one signs until its own moment: renewing twice must not drop the one that a receiver has.
ALTER TABLE channels ADD COLUMN old_keys JSONB NOT NULL DEFAULT '[]';
UPDATE channels SET old_keys = jsonb_build_array(jsonb_build_array(old_key, old_key_until)) WHERE old_key IS NOT NULL;
ALTER TABLE channels DROP COLUMN old_key;
ALTER TABLE channels DROP COLUMN old_key_until;
