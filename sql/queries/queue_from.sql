-- The probability of the last lead that can be called, of those worth a call; nothing where all can be.
SELECT probability FROM lead_scores WHERE will_convert ORDER BY probability DESC LIMIT 1 OFFSET :calls - 1
