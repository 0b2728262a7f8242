package aws

import (
	"context"
	"testing"

	"github.com/ctxcache/cached/backends/memory"
	"github.com/ctxcache/cached/cmd/cachegen/testdata/aws/dynamodb"
)

// client answers with the region of the call.
type client struct{ regions []string }

func (c *client) region(optFns []func(*dynamodb.Options)) string {
	options := dynamodb.Options{}
	for _, change := range optFns {
		change(&options)
	}
	c.regions = append(c.regions, options.Region)
	return options.Region
}

func (c *client) DescribeTable(
	_ context.Context, params *dynamodb.DescribeTableInput, optFns ...func(*dynamodb.Options),
) (*dynamodb.DescribeTableOutput, error) {
	c.region(optFns)
	count := int64(len(*params.TableName))
	return &dynamodb.DescribeTableOutput{ItemCount: &count}, nil
}

func (c *client) GetItem(
	_ context.Context, params *dynamodb.GetItemInput, optFns ...func(*dynamodb.Options),
) (*dynamodb.GetItemOutput, error) {
	kind := "string"
	if _, is := params.Key["id"].(dynamodb.AttributeValueN); is {
		kind = "number"
	}
	return &dynamodb.GetItemOutput{Item: map[string]dynamodb.AttributeValue{
		"kind": dynamodb.AttributeValueS{Value: kind}, "region": dynamodb.AttributeValueS{Value: c.region(optFns)},
	}}, nil
}

func TestCachedTables(t *testing.T) {
	ctx := t.Context()
	inner := &client{}
	c := NewCachedTables(inner, memory.New[string, []byte](nil), &CachedTablesOptions{
		DescribeTableCodec: countCodec{}, GetItemCodec: itemCodec{},
	})
	inRegion := func(o *dynamodb.Options) { o.Region = "eu" }
	users, orders := "users", "orders"
	for range 2 {
		for _, name := range []string{users, orders} {
			out, err := c.DescribeTable(ctx, &dynamodb.DescribeTableInput{TableName: &name}, inRegion)
			if err != nil || *out.ItemCount != int64(len(name)) {
				t.Errorf("DescribeTable of %s: %v, %v", name, out, err)
			}
		}
		for kind, id := range map[string]dynamodb.AttributeValue{
			"string": dynamodb.AttributeValueS{Value: "7"}, "number": dynamodb.AttributeValueN{Value: "7"},
		} {
			in := &dynamodb.GetItemInput{TableName: &users, Key: map[string]dynamodb.AttributeValue{"id": id}}
			out, err := c.GetItem(ctx, in, inRegion)
			want := dynamodb.AttributeValue(dynamodb.AttributeValueS{Value: kind})
			if err != nil || out.Item["kind"] != want || out.Item["region"] != dynamodb.AttributeValue(dynamodb.AttributeValueS{Value: "eu"}) {
				t.Errorf("GetItem by a %s: %v, %v", kind, out, err)
			}
		}
	}
	if len(inner.regions) != 4 {
		t.Errorf("calls for the regions %q, want 4", inner.regions)
	}
	if key, err := c.KeyDescribeTable(ctx, &dynamodb.DescribeTableInput{TableName: &users}); key != `d:[{"TableName":"users"}]` || err != nil {
		t.Errorf("KeyDescribeTable: %s, %v", key, err)
	}
}
