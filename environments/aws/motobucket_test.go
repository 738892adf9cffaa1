package aws

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	gotoken "go/token"
	"maps"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/gantry-cd/gantry/engine/config"
	"github.com/gantry-cd/gantry/engine/stubs"
	"github.com/gantry-cd/gantry/engine/stubs/storetest"
)

// bucketOn is a new bucket on moto.
func bucketOn(t *testing.T, server string) config.S3 {
	t.Helper()
	c := config.S3{
		Bucket: fmt.Sprintf("acme-%x", sha256.Sum256([]byte(t.Name())))[:40], Prefix: "acme/stubs", Account: "111122223333", Region: "eu-central-1",
		Role: "arn:aws:iam::111122223333:role/gantry-dev", Endpoint: server,
	}
	s, err := NewBucket(c, onLoopback).session(t.Context())
	if err == nil {
		_, err = s.s3.CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: sdk.String(c.Bucket), CreateBucketConfiguration: &types.CreateBucketConfiguration{LocationConstraint: "eu-central-1"}})
	}
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestTheStoreInABucketOnMoto(t *testing.T) {
	server := onMoto(t).aws.Endpoint
	storetest.Run(t, func(t *testing.T) config.S3 { return bucketOn(t, server) },
		func(_ *testing.T, c config.S3) stubs.Store { return stubs.NewFileStore(NewBucket(c, onLoopback)) })
	t.Run("a write over what nobody has read is refused", func(t *testing.T) {
		b := NewBucket(bucketOn(t, server), onLoopback)
		if err := b.Write(t.Context(), "inventory/x", []byte("1"), ""); err != nil {
			t.Fatal(err)
		}
		_, version, err := b.Read(t.Context(), "inventory/x")
		if err != nil {
			t.Fatal(err)
		}
		if err := b.Write(t.Context(), "inventory/x", []byte("2"), ""); !errors.Is(err, stubs.ErrMoved) {
			t.Errorf("as if there were none: %v", err)
		}
		if err := b.Write(t.Context(), "inventory/x", []byte("3"), version); err != nil {
			t.Errorf("over the version that was read: %v", err)
		}
		if err := b.Write(t.Context(), "inventory/x", []byte("4"), version); !errors.Is(err, stubs.ErrMoved) {
			t.Errorf("over a version that is gone: %v", err)
		}
		if content, _, err := b.Read(t.Context(), "inventory/x"); string(content) != "3" {
			t.Errorf("it is %q, %v", content, err)
		}
	})
	t.Run("a bucket that is not there is no stub that is not there", func(t *testing.T) {
		c := bucketOn(t, server)
		c.Bucket += "-gone"
		if _, _, err := NewBucket(c, onLoopback).Read(t.Context(), "x"); !errors.Is(err, ErrBucket) || errors.Is(err, stubs.ErrNone) {
			t.Errorf("got %v", err)
		}
	})
	t.Run("what moto gets wrong", func(t *testing.T) {
		c := bucketOn(t, server)
		s, err := NewBucket(c, onLoopback).session(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		put := s3.PutObjectInput{Bucket: sdk.String(c.Bucket), Key: sdk.String("x"), Body: strings.NewReader("1"), ExpectedBucketOwner: sdk.String("999999999999")}
		if _, err := s.s3.PutObject(t.Context(), &put); err != nil {
			t.Errorf("moto asks whose the bucket is meanwhile: leave that to it in the scripted one (%v)", err)
		}
		put.Body, put.ExpectedBucketOwner, put.ChecksumSHA256 = strings.NewReader("1"), nil, sdk.String(strings.Repeat("A", 43)+"=")
		if _, err := s.s3.PutObject(t.Context(), &put); err != nil {
			t.Errorf("moto checks what has arrived meanwhile: leave that to it in the scripted one (%v)", err)
		}
	})
	t.Run("it says who one is", func(t *testing.T) {
		c := bucketOn(t, server)
		owns, err := NewBucket(c, onLoopback).Owns(t.Context())
		if err != nil || len(owns) != 2 || owns[0].ID != "arn:aws:sts::111122223333:assumed-role/gantry-dev" || owns[1].ID != "s3://"+c.Bucket+"/acme/stubs" {
			t.Errorf("it owns %v, %v", owns, err)
		}
		c.Account = "999999999999"
		if err := NewBucket(c, onLoopback).Write(t.Context(), "x", nil, ""); !errors.Is(err, ErrAccount) {
			t.Errorf("in another account: %v", err)
		}
	})
}

// bucketPolicy is what docs/aws-artifacts-policy.json allows.
func bucketPolicy(t *testing.T) []string {
	t.Helper()
	text, err := os.ReadFile("../../docs/aws-artifacts-policy.json")
	var document struct{ Statement []struct{ Action []string } }
	if err == nil {
		err = json.Unmarshal(text, &document)
	}
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, s := range document.Statement {
		all = append(all, s.Action...)
	}
	return slices.Sorted(slices.Values(all))
}

func TestTheBucketsPolicyAllowsWhatTheCodeCallsAndNothingElse(t *testing.T) {
	called := map[string]bool{"s3:ListBucket": true} // without it, S3 says of what is not there that it is forbidden
	file, err := parser.ParseFile(gotoken.NewFileSet(), "bucket.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(file, func(n ast.Node) bool {
		if named, is := n.(*ast.SelectorExpr); is && strings.HasSuffix(named.Sel.Name, "Input") {
			if from, is := named.X.(*ast.Ident); is && from.Name == "s3" {
				called["s3:"+strings.TrimSuffix(named.Sel.Name, "Input")] = true
			}
		}
		return true
	})
	if want, got := slices.Sorted(maps.Keys(called)), bucketPolicy(t); !slices.Equal(want, got) {
		t.Errorf("docs/aws-artifacts-policy.json allows %v, and the code calls %v", got, want)
	}
}

// The whole of a stub's life in a role that may do what the policy says, and then without each of its actions.
func TestMotoEnforcesTheBucketsPolicy(t *testing.T) {
	e := onMoto(t)
	s, err := e.session(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	on := &furnished{e: e, s: s, server: e.aws.Endpoint}
	trust := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"sts:AssumeRole"}]}`
	on.iam(t, url.Values{"Action": {"CreateRole"}, "RoleName": {"gantry-dev"}, "AssumeRolePolicyDocument": {trust}})
	c := bucketOn(t, e.aws.Endpoint)
	all := bucketPolicy(t)
	store := stubs.NewFileStore(NewBucket(c, onLoopback))
	storetest.Points(t, store, "prod", "") // the role is assumed while moto asks nobody who he is
	on.allow(t, statement{"Allow", all, "*"})
	storetest.Points(t, store, "prod", "")
	digest := storetest.Put(t, store, "1.0.0")
	if err := store.Tag(t.Context(), "inventory", digest, "prod"); err != nil {
		t.Fatal(err)
	}
	storetest.Points(t, store, "prod", digest)
	if err := store.Untag(t.Context(), "inventory", "prod"); err != nil {
		t.Fatal(err)
	}
	without := func(action string) {
		on.allow(t, statement{"Allow", slices.DeleteFunc(slices.Clone(all), func(a string) bool { return a == action }), "*"})
	}
	without("s3:GetObject")
	if _, err := store.Resolve(t.Context(), "inventory", "prod"); !errors.Is(err, ErrBucketDenied) || errors.Is(err, stubs.ErrNone) {
		t.Errorf("without s3:GetObject: %v", err)
	}
	without("s3:PutObject")
	if _, err := store.Put(t.Context(), "inventory", storetest.Bundle("inventory", "2.0.0")); !errors.Is(err, ErrBucketDenied) || !strings.Contains(err.Error(), "docs/aws-artifacts-policy.json") {
		t.Errorf("without s3:PutObject: %v", err)
	}
	t.Run("what moto gets wrong", func(t *testing.T) {
		without("s3:ListBucket")
		if _, err := store.Resolve(t.Context(), "inventory", "dev"); !errors.Is(err, stubs.ErrNone) {
			t.Errorf("moto says of what is not there that it is forbidden meanwhile, as S3 does: expect ErrBucketDenied here (%v)", err)
		}
	})
}
