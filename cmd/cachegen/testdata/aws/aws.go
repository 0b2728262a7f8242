// Package aws caches methods of a client of AWS.
package aws

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/ctxcache/cached"
	"github.com/ctxcache/cached/cmd/cachegen/testdata/aws/dynamodb"
)

//go:generate go run github.com/ctxcache/cached/cmd/cachegen -type Tables -methods DescribeTable=d:,GetItem=i: -ignore optFns -key GetItem=itemKey -codec DescribeTable,GetItem

// Tables has the methods of the client that the program uses.
type Tables interface {
	DescribeTable(ctx context.Context, params *dynamodb.DescribeTableInput, optFns ...func(*dynamodb.Options)) (*dynamodb.DescribeTableOutput, error)
	GetItem(ctx context.Context, params *dynamodb.GetItemInput, optFns ...func(*dynamodb.Options)) (*dynamodb.GetItemOutput, error)
}

// itemKey has the types of the values in Key.
func itemKey(_ context.Context, params *dynamodb.GetItemInput) (string, error) {
	types := map[string]string{}
	values := map[string]string{}
	for name, value := range params.Key {
		types[name], values[name] = fmt.Sprintf("%T", value), fmt.Sprint(value)
	}
	return cached.JSONKey(params.TableName, params.ConsistentRead, types, values)
}

// countCodec keeps the count, and leaves the metadata of the response out.
type countCodec struct{}

func (countCodec) Encode(out *dynamodb.DescribeTableOutput) ([]byte, error) {
	return json.Marshal(out.ItemCount)
}

func (countCodec) Decode(data []byte) (*dynamodb.DescribeTableOutput, error) {
	out := &dynamodb.DescribeTableOutput{}
	return out, json.Unmarshal(data, &out.ItemCount)
}

// itemCodec keeps items whose values are strings.
type itemCodec struct{}

func (itemCodec) Encode(out *dynamodb.GetItemOutput) ([]byte, error) {
	values := map[string]string{}
	for name, value := range out.Item {
		text, ok := value.(dynamodb.AttributeValueS)
		if !ok {
			return nil, fmt.Errorf("the value of %s is not a string", name)
		}
		values[name] = text.Value
	}
	return json.Marshal(values)
}

func (itemCodec) Decode(data []byte) (*dynamodb.GetItemOutput, error) {
	var values map[string]string
	if err := json.Unmarshal(data, &values); err != nil {
		return nil, err
	}
	out := &dynamodb.GetItemOutput{Item: map[string]dynamodb.AttributeValue{}}
	for name, text := range values {
		out.Item[name] = dynamodb.AttributeValueS{Value: text}
	}
	return out, nil
}
