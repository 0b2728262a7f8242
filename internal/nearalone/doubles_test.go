package nearalone_test

// A double breaks one rule of the protocol.
type double struct {
	name  string // the rule
	rule  rule
	broke law // the law that the shortest trace breaks
	scenario
}

var doubles = []double{
	{"a write lists the key", listNothing, lawListed, between(each(oneLoad, oneDelete), oneDelete).empties()},
	{"a write lists the key before near", listAfterNear, lawOwn, between(each(oneGet, oneDelete), oneLoad)},
	{"a write changes far before near", settleNearBeforeFar, lawOwn, between(each(oneGet, oneDelete), oneLoad)},
	{"a read takes near's lease before it looks at the list", leaseNearAfterLook, lawOwn, between(each(oneGet, oneDelete), oneLoad)},
	{"a get does not believe a listed key", believeListedByGet, lawOwn, between(each(oneGet, oneDelete), oneLoad)},
	{"a load does not believe a listed key", believeListedByLoad, lawOwn, between(each(oneLoad, oneDelete), oneLoad)},
	{"a read strikes off after far has deleted", readStrikesBeforeDelete, lawListed, between(each(oneGet, oneDelete), oneLoad)},
	{"a replay strikes off after far has deleted", replayStrikesBeforeDelete, lawListed, between(oneDelete, oneLoad)},
	{"a write strikes off if far has confirmed it", writeStrikesUnconfirmed, lawListed, between(oneDelete, oneLoad)},
	{"a write strikes off its own entry only", writeStrikesAnyEntry, lawListed, between(each(oneDelete, oneDelete), oneLoad).empties()},
	{
		"a read strikes off the entry it saw only", readStrikesAnyEntry, lawListed,
		between(each(oneGet, oneDelete, oneDelete), oneLoad).flipping(3).empties(),
	},
	{"a replay strikes off the entry it saw only", replayStrikesAnyEntry, lawListed, between(each(oneDelete, oneDelete), oneLoad).flipping(3).empties()},
	{
		"a key stays listed while a write may land late", strikeUnsettled, lawListed,
		between(each(oneGet, oneSet, oneDelete), quota{}).with(2, 0).lands(),
	},
	{
		"a read does not believe far while a write may land late", believeUnsettled, lawOwn,
		between(each(oneGet, oneSet, oneDelete), quota{}).with(2, 0).lands(),
	},
	{"a replay only deletes", replayValue, lawFar, between(oneSet, oneDelete)},
	{"a fill is no proof after a missed write", fillProvesMissed, lawProof, between(each(oneLoad, oneDelete), oneDelete).empties()},
	{
		"a release is no proof after a missed write", releaseProvesMissed, lawProof,
		between(each(oneLoad, oneDelete), oneDelete).empties().releases(),
	},
	{"an alone fill needs near's lease", fillAloneWithoutLease, lawOwn, between(each(oneLoad, oneDelete), oneLoad)},
	{"an alone fill needs an outage", fillAloneAnyTime, lawOutage, between(each(oneLoad, oneGet), oneDelete)},
	{"an alone fill needs its own outage", fillAloneInAnotherOutage, lawOutage, between(each(oneLoad, oneGet, oneGet), oneDelete).flipping(3)},
	{"an alone fill looks at its outage again", fillAloneWithoutRecheck, lawOutage, between(each(oneLoad, oneGet), oneDelete)},
	{"an alone fill needs a lease granted in the outage", fillAloneByFarLease, lawOutage, between(oneLoad, oneDelete).empties()},
	{"an alone copy lives for OutageTTL", fillAloneForTTL, lawLife, between(oneLoad, quota{}).passing()},
	{"a local lease says that it is local", localLeaseIsShared, lawShared, between(oneLoad, oneDelete)},
	{"an overflow is remembered", forgetOverflow, lawListed, between(oneDelete, oneLoad).overflows()},
	{"an overflow lasts as long as the loads before it", ageWithoutLoads, lawListed, between(oneDelete, oneLoad).overflows().empties()},
	{"near is flushed when the stream is back", keepWhenStreamIsBack, lawStream, between(oneLoad, oneDelete).follows()},
	{
		"a read of far ends a local lease", readLeavesLocalLease, lawSeen,
		between(each(oneLoad, oneLoad, oneGet, oneGet), oneSet).empties().withoutGrants(),
	},
	{"writes go on while reads fail", refuseWritesWithReads, lawTried, between(each(oneGet, oneDelete), quota{}).parts()},
}
