// Package dynamodb stands for a client of AWS.
package dynamodb

import "github.com/ctxcache/cached/cmd/cachegen/testdata/aws/middleware"

type noSmithyDocumentSerde = middleware.NoSerde

// Options are the options of a client and of a call.
type Options struct{ Region string }

// AttributeValue is a value in an item.
type AttributeValue interface{ isAttributeValue() }

// AttributeValueS is a string, and AttributeValueN is a number. Both have the same JSON.
type (
	AttributeValueS struct{ Value string }
	AttributeValueN struct{ Value string }
)

func (AttributeValueS) isAttributeValue() {}
func (AttributeValueN) isAttributeValue() {}

// DescribeTableInput is an input.
type DescribeTableInput struct {
	TableName *string
	noSmithyDocumentSerde
}

// DescribeTableOutput is an output.
type DescribeTableOutput struct {
	ItemCount      *int64
	ResultMetadata middleware.Metadata
	noSmithyDocumentSerde
}

// GetItemInput is an input with interfaces in it.
type GetItemInput struct {
	Key            map[string]AttributeValue
	TableName      *string
	ConsistentRead *bool
	noSmithyDocumentSerde
}

// GetItemOutput is an output with interfaces in it.
type GetItemOutput struct {
	Item           map[string]AttributeValue
	ResultMetadata middleware.Metadata
	noSmithyDocumentSerde
}
