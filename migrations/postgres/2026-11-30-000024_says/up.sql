-- Who ran the command line, as they said: nobody checked that. Nothing for everybody else.
ALTER TABLE activity ADD COLUMN says TEXT;
