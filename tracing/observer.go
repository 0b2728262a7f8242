package tracing

import (
	"context"
	"errors"

	"go.opentelemetry.io/otel/attribute"

	"github.com/ctxcache/cached/ctxcache"
)

// observer makes a span for each operation. The span is nil if it is not recorded.
type observer[K comparable] struct{ in *instrument }

// maxKeys is how many keys of a call for many keys are recorded.
const maxKeys = 16

func (o observer[K]) Before(ctx context.Context, call ctxcache.Call[K]) (context.Context, *span) {
	if call.Op == ctxcache.OpWatch { // it may last as long as the program
		return ctx, nil
	}
	ctx, span := o.in.start(ctx, call.Op)
	if span == nil {
		return ctx, nil
	}
	returned := false
	defer func() {
		if !returned { // the KeyFormat has panicked, so After will not be called
			span.end()
		}
	}()
	switch {
	case call.Op.Many():
		span.otel.SetAttributes(AttrKeyCount.Int(call.Len()))
		if o.in.keys != nil {
			span.otel.SetAttributes(AttrKeys.StringSlice(o.firstKeys(call)))
		}
	case call.Op.Whole():
	default:
		span.key(call.Key)
	}
	returned = true
	return ctx, span
}

// firstKeys returns the texts of the first keys of a call for many keys.
func (o observer[K]) firstKeys(call ctxcache.Call[K]) []string {
	texts := make([]string, 0, min(call.Len(), maxKeys))
	for key := range call.Keys() {
		if len(texts) == maxKeys {
			break
		}
		texts = append(texts, o.in.keyText(key))
	}
	return texts
}

func (o observer[K]) After(_ context.Context, call ctxcache.Call[K], span *span, outcome ctxcache.Outcome) {
	if span == nil {
		return
	}
	defer span.end() // also if a method of the error panics
	span.result(resultOf[K](call.Op, outcome), outcome.Err, attributesOf[K](call.Op, outcome)...)
}

// attributesOf returns the attributes of an outcome, except its result.
func attributesOf[K comparable](op ctxcache.Operation, outcome ctxcache.Outcome) []attribute.KeyValue {
	var attributes []attribute.KeyValue
	switch op {
	case ctxcache.OpGetLease:
		attributes = append(attributes, AttrLeaseGranted.Bool(outcome.Granted > 0))
	case ctxcache.OpGetLeases:
		attributes = append(attributes, AttrLeasesGranted.Int(outcome.Granted))
		fallthrough
	case ctxcache.OpGetEntries:
		attributes = append(attributes, AttrHits.Int(outcome.Values), AttrNegatives.Int(outcome.Negatives))
	case ctxcache.OpLen:
		if outcome.Err == nil {
			attributes = append(attributes, AttrEntries.Int(outcome.Values))
		}
	case ctxcache.OpKeys:
		attributes = append(attributes, AttrEntries.Int(outcome.Values))
	}
	if many, ok := errors.AsType[*ctxcache.ManyError[K]](outcome.Err); ok {
		attributes = append(attributes, AttrFailed.Int(len(many.Failed)))
	}
	return attributes
}
