package nearalone_test

// rule is a rule of the protocol that a double breaks. Its name says what the double does instead. 0 breaks none.
type rule uint8

const (
	listNothing rule = iota + 1
	listAfterNear
	settleNearBeforeFar
	leaseNearAfterLook
	believeListedByGet
	believeListedByLoad
	readStrikesBeforeDelete
	replayStrikesBeforeDelete
	writeStrikesUnconfirmed
	writeStrikesAnyEntry
	readStrikesAnyEntry
	replayStrikesAnyEntry
	strikeUnsettled
	believeUnsettled
	replayValue
	fillProvesMissed
	releaseProvesMissed
	fillAloneWithoutLease
	fillAloneAnyTime
	fillAloneInAnotherOutage
	fillAloneWithoutRecheck
	fillAloneByFarLease
	fillAloneForTTL
	localLeaseIsShared
	forgetOverflow
	ageWithoutLoads
	keepWhenStreamIsBack
	refuseWritesWithReads
	readLeavesLocalLease
	endOfRules
)
